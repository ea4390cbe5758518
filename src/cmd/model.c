/* One idea: the actions on model files share their options; which of them an action takes, and how
 * many operands, is a row of one table. */
#include "cmd/model.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/session.h"
#include "cmd/suggest.h"

static const char *const forms[] = {"xgboost", "lightgbm", "weir", NULL};

static const struct cmd_option options[CMD_MODEL_OPTIONS] = {
    [CMD_MODEL_JSON] = {.name = "json", .type = CMD_FLAG,
                        .summary = "show, compare, worth: write one JSON object"},
    [CMD_MODEL_OUTPUT] = {.letter = 'o', .name = "output", .value = "FILE", .type = CMD_PATH,
                          .summary = "import, convert: where the model goes (default: standard "
                                     "output)"},
    [CMD_MODEL_NAMES] = {.name = "names", .value = "A,B,...", .type = CMD_TEXT,
                         .summary = "import: the features' names, in order, for a file that has "
                                    "none or other ones"},
    [CMD_MODEL_NAME] = {.name = "name", .value = "NAME", .type = CMD_TEXT,
                        .summary = "import, convert: what the model is called (default: model)"},
    [CMD_MODEL_TO] = {.name = "to", .value = "FORM", .type = CMD_CHOICE, .choices = forms,
                      .summary = "convert: the form to write (default: that of the model's "
                                 "maker)"},
    [CMD_MODEL_LABEL] = {.name = "label", .value = "NAME", .type = CMD_TEXT,
                         .summary = "compare, worth: the label that tells the truth (default: the "
                                    "policy's first)"},
    [CMD_MODEL_MODEL] = {.name = "model", .value = "NAME", .type = CMD_TEXT,
                         .summary = "compare, worth: the policy's model whose arguments make the "
                                    "rows (default: its only one)"},
    [CMD_MODEL_AMOUNT] = {.name = "amount", .value = "FIELD", .type = CMD_TEXT,
                          .summary = "compare, worth: the money at stake (default: the first money "
                                     "field)"},
    [CMD_MODEL_FROM] = {.name = "from", .value = "TIME", .type = CMD_TIME,
                        .summary = "compare, worth: judge only events from this date or time on; "
                                   "those before still fill the windows"},
    [CMD_MODEL_UNTIL] = {.name = "until", .value = "TIME", .type = CMD_TIME,
                         .summary = "compare, worth: judge only events before this date or time"},
    [CMD_MODEL_THRESHOLD] = {.name = "threshold", .value = "SCORE", .type = CMD_TEXT,
                             .summary = "compare: the score at which both flag (default: 0.5)"},
    [CMD_MODEL_HTML] = {.name = "html", .value = "FILE", .type = CMD_PATH,
                        .summary = "worth: also write a page with the plot"},
    CMD_INPUT_OPTIONS(CMD_MODEL_INPUT, CMD_MODEL_SEPARATOR),
};

#define BIT(option) (1u << (option))
#define OF_ROWS                                                                                   \
    (BIT(CMD_MODEL_LABEL) | BIT(CMD_MODEL_MODEL) | BIT(CMD_MODEL_AMOUNT) | BIT(CMD_MODEL_FROM) |  \
     BIT(CMD_MODEL_UNTIL) | BIT(CMD_MODEL_INPUT) | BIT(CMD_MODEL_SEPARATOR))

static const struct action {
    const char *name;
    const char *operands;
    size_t operand_count_min;  /* behind the name */
    size_t operand_count_max;
    unsigned options;          /* those that it takes */
    enum cmd_exit (*run)(struct cmd_context *context, const struct cmd_args *args);
} actions[] = {
    {"show", "FILE", 1, 1, BIT(CMD_MODEL_JSON), cmd_model_show},
    {"import", "FILE", 1, 1,
     BIT(CMD_MODEL_OUTPUT) | BIT(CMD_MODEL_NAMES) | BIT(CMD_MODEL_NAME), cmd_model_import},
    {"convert", "FILE", 1, 1, BIT(CMD_MODEL_OUTPUT) | BIT(CMD_MODEL_TO) | BIT(CMD_MODEL_NAME),
     cmd_model_convert},
    {"compare", "A B [POLICY [EVENTS]]", 2, 4,
     BIT(CMD_MODEL_JSON) | BIT(CMD_MODEL_THRESHOLD) | OF_ROWS, cmd_model_compare},
    {"worth", "FILE POLICY [EVENTS]", 2, 3, BIT(CMD_MODEL_JSON) | BIT(CMD_MODEL_HTML) | OF_ROWS,
     cmd_model_worth},
};

#define ACTION_COUNT (sizeof actions / sizeof actions[0])

static enum cmd_exit complain_action(struct cmd_context *context, const char *name)
{
    struct cmd_suggestion suggestion = {name, NULL, 0};
    for (size_t i = 0; i < ACTION_COUNT; i++)
        cmd_suggest_offer(&suggestion, actions[i].name);
    if (suggestion.nearest != NULL)
        return cmd_complain_usage(context, "there is no action '%s'; did you mean '%s'?", name,
                                  suggestion.nearest);
    return cmd_complain_usage(context, "there is no action '%s', only show, import, convert, "
                              "compare and worth", name);
}

static enum cmd_exit check(struct cmd_context *context, const struct action *action,
                           const struct cmd_args *args)
{
    size_t count = args->operand_count - 1;
    if (count < action->operand_count_min || count > action->operand_count_max)
        return cmd_complain_usage(context, "usage: weir model %s %s", action->name,
                                  action->operands);
    for (size_t i = 0; i < CMD_MODEL_OPTIONS; i++)
        if (args->values[i].given && (action->options & BIT(i)) == 0)
            return cmd_complain_usage(context, "%s takes no --%s", action->name,
                                      options[i].name);
    return CMD_EXIT_OK;
}

static enum cmd_exit run_command(struct cmd_context *context, const struct cmd_args *args)
{
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if (strcmp(args->operands[0], actions[i].name) != 0)
            continue;
        enum cmd_exit exit = check(context, &actions[i], args);
        struct cmd_args inner = *args;
        inner.operands++;
        inner.operand_count--;
        return exit == CMD_EXIT_OK ? actions[i].run(context, &inner) : exit;
    }
    return complain_action(context, args->operands[0]);
}

static const char *const examples[] = {
    "weir model show models/risk.json",
    "weir model import from_python.ubj --names amount,spent_1h,items --name risk -o risk.json",
    "weir model convert models/risk.json --to xgboost -o for_python.json",
    "weir model compare old.json new.json policy.weir history.ndjson --label fraud",
    "weir model worth risk.json policy.weir history.ndjson --from 2026-07-01 --html worth.html",
    NULL,
};

const struct cmd_command cmd_model = {
    .name = "model",
    .summary = "show, import, convert and compare model files, and tell what one is worth",
    .operands = "ACTION FILE...",
    .operand_count_min = 1,
    .operand_count_max = 5,
    .options = options,
    .option_count = CMD_MODEL_OPTIONS,
    .description =
        "show FILE tells of what kind a model is, what it is made of, how much each feature "
        "matters, and how well it did when its card lies beside it.\n\n"
        "import FILE takes a model of XGBoost (JSON or UBJ) or LightGBM (text), as Python saves "
        "it, into weir's own form. What it cannot represent it refuses, with the reason.\n\n"
        "convert FILE writes a model in its maker's form, to be loaded in Python, or, with "
        "--to weir, in weir's own; it says what is lost.\n\n"
        "compare A B [POLICY [EVENTS]] tells which features came and went and how their weight "
        "moved. With a policy, whose model names the arguments of both, and a history it also "
        "scores the same events with both: measures side by side, how far the scores agree, and "
        "which events flip.\n\n"
        "worth FILE POLICY [EVENTS] tells what a model adds over the rules of a policy: the "
        "policy decides the history without it, and then the same number of alerts of each day "
        "goes to the highest scores instead; or, for both together, to what the rules block and "
        "then to the highest scores. Besides it tells what one threshold with as many alerts in "
        "all would catch, and how few alerts the model needs to catch as many as the rules. Judge "
        "it on events later than its training.",
    .examples = examples,
    .run = run_command,
};
