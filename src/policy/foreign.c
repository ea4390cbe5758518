/* One idea: mistakes that come from another language are known beforehand, so each is answered with
 * what to write here. */
#include "policy/foreign.h"

#include <stddef.h>

struct foreign {
    const char *word;
    const char *hint;
};

#define JOIN_AND "conditions are joined by and: a > 1 and b > 2"
#define JOIN_OR "conditions are joined by or: a > 1 or b > 2"
#define DENY "a condition is denied by not: not (a > 1)"
#define UNIT "a duration is one word: 90s, 15m, 1h30m or 30d"
#define COMPARE "values are compared with == != < <= > and >="
#define PARTS "parts of texts are asked for with contains, starts with and ends with"
#define MISSING "ask whether it is there: NAME is present, NAME is missing"
#define A_RULE                                                                                    \
    "a condition stands in a rule: rule NAME \"SENTENCE\" on EVENT when CONDITION then ACTION"

static const struct foreign signs[] = {
    {"&&", JOIN_AND}, {"&", JOIN_AND}, {"AND", JOIN_AND}, {"And", JOIN_AND},
    {",", "conditions are joined by and; digits are grouped by _, as in 50_000"},
    {"||", JOIN_OR}, {"|", JOIN_OR}, {"OR", JOIN_OR}, {"Or", JOIN_OR},
    {"!", DENY}, {"NOT", DENY}, {"Not", DENY},
    {"=", "values are compared with =="}, {"=>", "at least is >="}, {"=<", "at most is <="},
    {"<>", "different is !="}, {"equals", COMPARE}, {"eq", COMPARE},
    {"between", "write a >= 1 and a <= 3"},
    {"like", PARTS}, {"matches", PARTS}, {"LIKE", PARTS},
    {"null", MISSING}, {"NULL", MISSING}, {"nil", MISSING}, {"None", MISSING},
    {"ms", UNIT}, {"s", UNIT}, {"sec", UNIT}, {"secs", UNIT}, {"second", UNIT}, {"seconds", UNIT},
    {"m", UNIT}, {"min", UNIT}, {"mins", UNIT}, {"minute", UNIT}, {"minutes", UNIT},
    {"h", UNIT}, {"hr", UNIT}, {"hrs", UNIT}, {"hour", UNIT}, {"hours", UNIT},
    {"d", UNIT}, {"day", UNIT}, {"days", UNIT}, {"week", UNIT}, {"weeks", UNIT},
    {"%", "a share is a number: 0.1 is ten in a hundred"},
    {"[", "a set stands in parentheses: country in (\"CN\", \"HK\")"},
    {";", "a line needs no sign at its end"},
    {"by", "the field to group by stands behind per: per account"},
    {"if", A_RULE}, {"when", A_RULE},
};

static const struct foreign functions[] = {
    {"avg", "mean(EVENT.FIELD) is the average"}, {"AVG", "mean(EVENT.FIELD) is the average"},
    {"average", "mean(EVENT.FIELD) is the average"},
    {"median", "quantile(EVENT.FIELD, 0.5) is the median"},
    {"percentile", "quantile(EVENT.FIELD, 0.95) is the 95th percentile"},
    {"stddev", "std(EVENT.FIELD) is the standard deviation"},
    {"stdev", "std(EVENT.FIELD) is the standard deviation"},
    {"unique", "distinct(EVENT.FIELD) counts different values"},
    {"count_distinct", "distinct(EVENT.FIELD) counts different values"},
    {"len", "length(TEXT) counts characters"},
    {"isnull", MISSING}, {"is_null", MISSING}, {"exists", MISSING},
    {"coalesce", "a ?? b is a, or b where a is missing"},
    {"ifnull", "a ?? b is a, or b where a is missing"},
    {"now", "time is event time: the field `at`"},
};

static const struct foreign values[] = {
    {"null", MISSING}, {"NULL", MISSING}, {"nil", MISSING}, {"None", MISSING},
    {"True", "write true"}, {"TRUE", "write true"},
    {"False", "write false"}, {"FALSE", "write false"},
};

static const char *find(const struct foreign *words, size_t count, struct view word)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal(word, view_of(words[i].word)))
            return words[i].hint;
    }
    return NULL;
}

const char *foreign_sign(struct view text)
{
    return find(signs, sizeof signs / sizeof signs[0], text);
}

const char *foreign_function(struct view word)
{
    return find(functions, sizeof functions / sizeof functions[0], word);
}

const char *foreign_value(struct view word)
{
    return find(values, sizeof values / sizeof values[0], word);
}

bool foreign_null(struct view word)
{
    return view_equal(word, VIEW("null")) || view_equal(word, VIEW("NULL")) ||
           view_equal(word, VIEW("nil")) || view_equal(word, VIEW("None"));
}
