#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "cmd/cmd.h"
#include "cmd/policy_file.h"
#include "cmd/progress.h"
#include "codec/csv.h"
#include "codec/inflate.h"
#include "codec/lines.h"
#include "engine/engine.h"
#include "policy/policy.h"

/* What decide, backtest, diff and test have in common: a policy read from its file, an engine with
 * the lists that the policy names, and a stream of events. All of them complain by themselves, on
 * standard error, and return the exit code to end with. */

/* A policy and its engine. */
struct cmd_session {
    struct cmd_context *context;
    const char *path;
    struct cmd_policy source;
    const struct policy *policy; /* of `source` */
    struct engine *engine;  /* owned; NULL until session_engine */
    bool learns;            /* the policy's models need not be there: the command makes them */
    bool warned_of_models;  /* those that cannot be loaded have been told */
};

/* Compiles a policy file and writes its diagnostics. path: borrowed. */
MUST_CHECK enum cmd_exit cmd_session_open(struct cmd_session *session, struct cmd_context *context,
                                          const char *path);

/* Frees; a zeroed session is allowed. */
void cmd_session_close(struct cmd_session *session);

/* Makes the engine, with a hash seed from the kernel, and fills its lists and models from their
 * files, whose paths are relative to the policy's. A model that cannot be loaded is no error: it is
 * warned of, and the policy says what holds without it. */
MUST_CHECK enum cmd_exit cmd_session_engine(struct cmd_session *session, bool features);

#define CMD_LIST_BYTES_MAX ((size_t)1 << 31) /* of a list's file */

/* Fills one list of an engine of the session's policy from its file, when it has one. The session
 * needs its context, path and policy only. STATUS_NOT_FOUND, STATUS_INVALID (no regular file, or
 * not a list), STATUS_LIMIT, STATUS_IO with a diag that names the file; STATUS_NO_MEMORY. */
MUST_CHECK enum status cmd_session_list(const struct cmd_session *session, struct engine *engine,
                                        uint16_t list, struct diag *diag);

/* Loads one model of an engine of the session's policy from its file. As cmd_session_list. */
MUST_CHECK enum status cmd_session_model(const struct cmd_session *session, struct engine *engine,
                                         uint16_t model, struct diag *diag);

/* Warns of a model that was not loaded: why, and what holds without it. diag: of
 * cmd_session_model. */
void cmd_session_warn_of_model(const struct cmd_session *session, uint16_t model,
                               const struct diag *diag);

/* Fills an engine's lists and models as cmd_session_engine does; for engines made elsewhere. Models
 * are warned of once a session. */
MUST_CHECK enum status cmd_session_fill(struct cmd_session *session, struct engine *engine,
                                        struct diag *diag);

/* Seeds that nobody outside can guess. */
MUST_CHECK enum cmd_exit cmd_session_seed(struct cmd_context *context, struct hash_seed *ret_seed);

/* A stream of events: a file or standard input, plain, gzip or zstd, NDJSON or CSV. */
struct cmd_input {
    struct cmd_context *context;
    struct os_file file;
    bool is_stdin;
    uint64_t size_bytes;     /* of the file as it lies there; 0: not known */
    struct inflate *inflate;
    struct lines *lines;
    enum engine_format format;
    char separator;          /* of a CSV input's fields */
    char peeked[4096];       /* what was read to see which format it is */
    size_t peeked_bytes;
    size_t peeked_at;
    size_t header_count;     /* of a CSV input */
    struct view header[CSV_FIELDS_MAX]; /* views into header_text */
    struct buf header_text;
};

/* How an input is to be read; AUTO: by the file's name, else by its first character. */
enum cmd_input_format { CMD_INPUT_AUTO, CMD_INPUT_NDJSON, CMD_INPUT_CSV };

/* The two options of every command that reads events, to be listed in this order; their values go
 * to cmd_input_open. */
#define CMD_INPUT_OPTIONS(format, separator)                                                      \
    [format] = {.name = "input", .value = "FORMAT", .type = CMD_CHOICE,                           \
                .choices = cmd_input_formats,                                                     \
                .summary = "format of the input: auto (by its name or look), ndjson, csv"},       \
    [separator] = {.name = "separator", .value = "CHAR", .type = CMD_CHOICE,                      \
                   .choices = cmd_input_separators, .aliases = cmd_input_separator_chars,         \
                   .summary = "what separates the fields of CSV input: comma, semicolon, tab, "   \
                              "pipe, or the character itself (default: comma)"}

/* Choices of these options, the first in the order of the enum. */
extern const char *const cmd_input_formats[];
extern const char *const cmd_input_separators[];
extern const char *const cmd_input_separator_chars[]; /* in the same order */

/* Opens an input and, when it is CSV, reads its header. path: "-" or NULL is standard input;
 * options: the values of the two options above, one behind the other. */
MUST_CHECK enum cmd_exit cmd_input_open(struct cmd_input *input, struct cmd_context *context,
                                        const char *path, const struct cmd_value *options);

/* Frees and closes; a zeroed input is allowed. */
void cmd_input_close(struct cmd_input *input);

/* Tells a session's engine the header of a CSV input, and the user which columns it lacks: an error
 * when the policy needs one of them, else a warning. Nothing for NDJSON. */
MUST_CHECK enum cmd_exit cmd_input_header(struct cmd_input *input,
                                          const struct cmd_session *session);

/* Complains when the header lacks the column of the field that tells a label of the session's
 * policy; nothing for NDJSON. For a header that cmd_input_header took. label: its index. */
MUST_CHECK enum cmd_exit cmd_input_label(const struct cmd_input *input,
                                         const struct cmd_session *session, uint16_t label);

/* Sets the hint to those of the header's columns that may be meant by columns which the policy
 * names and the header lacks; leaves it when none is near. */
void cmd_columns_suggest(const struct cmd_input *input, const struct policy *policy,
                         struct diag *diag);

/* Warns of columns that the header lacks: their fields are missing on every line. */
void cmd_columns_warn(const struct cmd_input *input, const struct cmd_session *session);

/* The next lines, as lines_read; *ret_count is 0 at the end. */
MUST_CHECK enum cmd_exit cmd_input_read(struct cmd_input *input, struct line *batch,
                                        size_t count_max, size_t *ret_count);

/* How much of the file has been read, in bytes as it lies there. */
uint64_t cmd_input_done_bytes(const struct cmd_input *input);
#endif
