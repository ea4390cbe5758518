/* One idea: a line is copied together from constant pieces and a few short numbers, straight into
 * the caller's buffer; nothing is measured, since SIM_LINE_BYTES_MAX bounds every line.
 *
 * Numbers of people are scrambled on the way out by a bijection, so that neither who is busy nor
 * who was invented by a criminal can be read off an id. What looks like personal data is of ranges
 * that nobody is given: cards of issuer 999000, phones of country code 999, identity numbers of
 * region 9. */
#include "base/buf.h"
#include "base/money.h"
#include "sim/world_int.h"

#define PERSON_MASK ((1u << PERSON_BITS) - 1u)
#define CARD_DIGITS 16
#define IDENTITY_DIGITS 18

static const char *const channels[] = {"web", "app", "pos", "branch", "batch"};
static const char *const loan_purposes[] = {"consumption", "business", "home", "education",
                                            "medical"};
static const char *const query_purposes[] = {"loan", "card", "mortgage", "employment", "review"};
static const char *const project_kinds[] = {"reward", "lending"};
static const char *const payout_purposes[] = {"owner", "refund", "return"};

static const char *const scenario_fields[SIM_SCENARIO_COUNT] = {
#define SCENARIO_FIELD(name, text, businesses, share, size, sentence) ",\"scenario\":\"" #text "\"",
    SIM_SCENARIO_TABLE(SCENARIO_FIELD)
#undef SCENARIO_FIELD
};

static char *put(char *to, const char *text, size_t size_bytes)
{
    memcpy(to, text, size_bytes);
    return to + size_bytes;
}

#define PUT(to, literal) put(to, "" literal, sizeof(literal) - 1)

static char *put_text(char *to, const char *text)
{
    return put(to, text, strlen(text));
}

/* `value` in decimal with at least `width` digits, at most 20. */
static char *put_padded(char *to, uint64_t value, unsigned width)
{
    char digits[20];
    unsigned at = sizeof digits;
    for (; value != 0 || at > sizeof digits - width; value /= 10)
        digits[--at] = (char)('0' + value % 10);
    return put(to, digits + at, sizeof digits - at);
}

/* Another number below 2^PERSON_BITS for each; `salt` tells apart what numbers are used for. */
static uint32_t scramble(uint32_t number, uint32_t salt)
{
    uint32_t x = (number ^ salt) & PERSON_MASK;
    x = x * 0x9e3779b1u & PERSON_MASK;
    x ^= x >> 13;
    x = x * 0x85ebca6bu & PERSON_MASK;
    return x ^ x >> 13;
}

static char *put_account(char *to, uint32_t account)
{
    static const char letters[ACCOUNT_KIND_COUNT] = {'a', 'e', 'b', 'x'};
    uint32_t kind = account >> ACCOUNT_KIND_SHIFT;
    *to++ = letters[kind];
    *to++ = '-';
    if (kind == ACCOUNT_PERSON)
        return put_padded(to, scramble(account, 0x0765432), 8);
    return put_padded(to, ACCOUNT_NUMBER(account), 6);
}

/* The check digit of ISO/IEC 7812-1 (Luhn) behind the digits before it. */
static char luhn(const char *digits, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        int digit = digits[i] - '0';
        if ((count - i) % 2 == 1)
            digit = digit < 5 ? 2 * digit : 2 * digit - 9;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static char *put_card(char *to, uint32_t person, unsigned card)
{
    char *start = to;
    to = PUT(to, "999000");
    to = put_padded(to, scramble(person, 0x1234567), 8);
    *to++ = (char)('1' + card);
    *to = luhn(start, CARD_DIGITS - 1);
    return to + 1;
}

/* The check character of GB 11643-1999 (ISO 7064 MOD 11-2). */
static char identity_check(const char *digits)
{
    static const int weights[IDENTITY_DIGITS - 1] = {7, 9, 10, 5, 8, 4, 2, 1, 6,
                                                     3, 7, 9,  10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < IDENTITY_DIGITS - 1; i++)
        sum += weights[i] * (digits[i] - '0');
    return "10X98765432"[sum % 11];
}

/* Region, date of birth, sequence, check. */
static char *put_identity(char *to, const struct sim *sim, uint32_t person)
{
    char *start = to;
    uint32_t number = scramble(person, 0x2345678);
    uint64_t birth = draw_mix(sim->people.key, SALT_BIRTH, person);
    *to++ = '9';
    to = put_padded(to, number / 1000, 5);
    to = put_padded(to, 1948 + birth % 58, 4);
    to = put_padded(to, 1 + (birth >> 16) % 12, 2);
    to = put_padded(to, 1 + (birth >> 32) % 28, 2);
    to = put_padded(to, number % 1000, 3);
    *to = identity_check(start);
    return to + 1;
}

static char *put_device(char *to, uint64_t device)
{
    *to++ = 'd';
    *to++ = '-';
    for (int shift = 44; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[device >> shift & 15];
    return to;
}

static char *put_account_field(char *to, const char *name, uint32_t account)
{
    to = put_text(PUT(to, ",\""), name);
    to = put_account(PUT(to, "\":\""), account);
    return PUT(to, "\"");
}

static char *put_choice_field(char *to, const char *name, const char *choice)
{
    to = put_text(PUT(to, ",\""), name);
    to = put_text(PUT(to, "\":\""), choice);
    return PUT(to, "\"");
}

static char *put_money_field(char *to, const char *name, int64_t minor)
{
    to = put_text(PUT(to, ",\""), name);
    to = PUT(to, "\":");
    return to + money_format(to, minor, 2);
}

static char *put_int_field(char *to, const char *name, uint64_t value)
{
    to = put_text(PUT(to, ",\""), name);
    return put_padded(PUT(to, "\":"), value, 1);
}

/* A field that names another event. */
static char *put_ref_field(char *to, const char *name, char letter, uint32_t number)
{
    to = put_text(PUT(to, ",\""), name);
    to = PUT(to, "\":\"");
    *to++ = letter;
    *to++ = '-';
    return PUT(put_padded(to, number, 6), "\"");
}

static char *put_device_fields(char *to, const struct seat *seat)
{
    if (seat->device != DEVICE_NONE)
        to = PUT(put_device(PUT(to, ",\"device\":\""), seat->device), "\"");
    if (seat->ip != IP_NONE)
        to = PUT(people_put_ip(PUT(to, ",\"ip\":\""), seat->ip), "\"");
    return to;
}

static char *put_country_field(char *to, const char *name, uint8_t country)
{
    return put_choice_field(to, name, places_country_code(country));
}

static char *put_channel_field(char *to, uint8_t channel)
{
    return put_choice_field(to, "channel", channels[channel]);
}

static char *put_truth(char *to, uint8_t scenario)
{
    if (scenario == HONEST)
        return PUT(to, ",\"is_fraud\":false");
    return put_text(PUT(to, ",\"is_fraud\":true"), scenario_fields[scenario]);
}

static char *put_login(char *to, const struct login *login)
{
    to = put_account_field(to, "account", login->account);
    to = put_device_fields(to, &login->seat);
    to = put_country_field(to, "country", login->seat.country);
    return login->ok ? PUT(to, ",\"ok\":true") : PUT(to, ",\"ok\":false");
}

static char *put_payment(char *to, const struct payment *payment)
{
    to = put_account_field(to, "account", payment->account);
    to = put_card(PUT(to, ",\"card\":\""), payment->account, payment->card);
    to = put_device_fields(PUT(to, "\""), &payment->seat);
    to = put_padded(PUT(to, ",\"payee\":\"m-"), payment->merchant, 6);
    to = put_country_field(PUT(to, "\""), "payee_country", payment->merchant_country);
    to = put_choice_field(to, "category", places_category(payment->category)->name);
    to = put_money_field(to, "amount", payment->amount_minor);
    to = put_country_field(to, "country", payment->seat.country);
    return put_channel_field(to, payment->seat.channel);
}

static char *put_chargeback(char *to, const struct chargeback *chargeback)
{
    to = put_ref_field(to, "payment", 'p', chargeback->payment);
    to = put_money_field(to, "amount", chargeback->amount_minor);
    return put_choice_field(to, "reason", chargeback->fraud ? "fraud" : "dispute");
}

static char *put_payee_added(char *to, const struct payee_added *added)
{
    to = put_account_field(to, "account", added->account);
    to = put_account_field(to, "payee", added->payee);
    to = put_device_fields(to, &added->seat);
    return put_country_field(to, "country", added->seat.country);
}

static char *put_transfer(char *to, const struct transfer *transfer)
{
    to = put_account_field(to, "account", transfer->account);
    to = put_account_field(to, "payee", transfer->payee);
    to = put_device_fields(to, &transfer->seat);
    to = put_money_field(to, "amount", transfer->amount_minor);
    to = put_country_field(to, "country", transfer->seat.country);
    return put_channel_field(to, transfer->seat.channel);
}

static char *put_loan_application(char *to, const struct loan_application *loan,
                                  const struct sim *sim)
{
    to = put_account_field(to, "applicant", loan->applicant);
    to = put_identity(PUT(to, ",\"national_id\":\""), sim, loan->applicant);
    to = put_padded(PUT(to, "\",\"phone\":\"+999"), scramble(loan->phone, 0x3456789), 8);
    to = put_device_fields(PUT(to, "\""), &loan->seat);
    to = put_padded(PUT(to, ",\"address\":\"h-"), scramble(loan->household, 0x0abcdef), 8);
    to = put_account_field(PUT(to, "\""), "employer",
                           ACCOUNT_OF(ACCOUNT_EMPLOYER, loan->employer));
    to = put_money_field(to, "income", loan->income_minor);
    to = put_money_field(to, "amount", loan->amount_minor);
    to = put_int_field(to, "term_months", loan->term_months);
    to = put_choice_field(to, "purpose", loan_purposes[loan->purpose]);
    return put_channel_field(to, loan->seat.channel);
}

static char *put_loan_repayment(char *to, const struct loan_repayment *repayment)
{
    to = put_ref_field(to, "loan", 'l', repayment->loan);
    to = put_account_field(to, "applicant", repayment->applicant);
    to = put_money_field(to, "amount", repayment->amount_minor);
    return put_int_field(to, "step", repayment->step);
}

static char *put_loan_default(char *to, const struct loan_default *failed)
{
    to = put_ref_field(to, "loan", 'l', failed->loan);
    to = put_account_field(to, "applicant", failed->applicant);
    return put_money_field(to, "amount", failed->amount_minor);
}

static char *put_project(char *to, uint32_t project)
{
    return PUT(put_padded(PUT(to, ",\"project\":\"c-"), project, 6), "\"");
}

static char *put_project_created(char *to, const struct project_created *created)
{
    to = put_project(to, created->project);
    to = put_account_field(to, "owner", created->owner);
    to = put_device_fields(to, &created->seat);
    to = put_choice_field(to, "kind", project_kinds[created->kind]);
    to = put_money_field(to, "goal", created->goal_minor);
    to = put_int_field(to, "promised_percent", created->promised_percent);
    return put_int_field(to, "days", created->days);
}

static char *put_pledge(char *to, const struct pledge *pledge)
{
    to = put_project(to, pledge->project);
    to = put_account_field(to, "backer", pledge->backer);
    to = put_device_fields(to, &pledge->seat);
    return put_money_field(to, "amount", pledge->amount_minor);
}

static char *put_payout(char *to, const struct payout *payout)
{
    to = put_project(to, payout->project);
    to = put_account_field(to, "to", payout->to);
    to = put_money_field(to, "amount", payout->amount_minor);
    return put_choice_field(to, "purpose", payout_purposes[payout->purpose]);
}

static char *put_credit_query(char *to, const struct credit_query *query, const struct sim *sim)
{
    to = put_identity(PUT(to, ",\"subject\":\""), sim, query->subject);
    to = put_padded(PUT(to, "\",\"institution\":\"in-"), query->operator / INSTITUTION_OPERATORS,
                    4);
    to = put_padded(PUT(to, "\",\"operator\":\"op-"), query->operator, 4);
    to = put_choice_field(PUT(to, "\""), "purpose", query_purposes[query->purpose]);
    return query->consent ? PUT(to, ",\"consent\":true") : PUT(to, ",\"consent\":false");
}

static char *put_holding(char *to, const struct holding *holding)
{
    to = put_account_field(to, "investor", holding->investor);
    to = put_device_fields(to, &holding->seat);
    to = put_padded(PUT(to, ",\"product\":\"w-"), holding->product, 3);
    to = put_int_field(PUT(to, "\""), "product_risk", wealth_product_risk(holding->product));
    to = put_int_field(to, "risk_capacity", holding->risk_capacity);
    if (holding->adviser != ADVISER_NONE)
        to = PUT(put_padded(PUT(to, ",\"adviser\":\"v-"), holding->adviser, 4), "\"");
    to = put_money_field(to, "amount", holding->amount_minor);
    return put_channel_field(to, holding->seat.channel);
}

static char *put_body(char *to, const struct event *event, const struct sim *sim)
{
    switch ((enum sim_event)event->type) {
    case SIM_LOGIN:
        return put_truth(put_login(to, &event->as.login), event->scenario);
    case SIM_PAYMENT:
        return put_truth(put_payment(to, &event->as.payment), event->scenario);
    case SIM_CHARGEBACK:
        return put_chargeback(to, &event->as.chargeback);
    case SIM_PAYEE_ADDED:
        return put_truth(put_payee_added(to, &event->as.payee_added), event->scenario);
    case SIM_TRANSFER:
        return put_truth(put_transfer(to, &event->as.transfer), event->scenario);
    case SIM_LOAN_APPLICATION:
        return put_truth(put_loan_application(to, &event->as.loan_application, sim),
                         event->scenario);
    case SIM_LOAN_REPAYMENT:
        return put_loan_repayment(to, &event->as.loan_repayment);
    case SIM_LOAN_DEFAULT:
        return put_loan_default(to, &event->as.loan_default);
    case SIM_PROJECT_CREATED:
        return put_truth(put_project_created(to, &event->as.project_created), event->scenario);
    case SIM_PLEDGE:
        return put_truth(put_pledge(to, &event->as.pledge), event->scenario);
    case SIM_PAYOUT:
        return put_truth(put_payout(to, &event->as.payout), event->scenario);
    case SIM_CREDIT_QUERY:
        return put_truth(put_credit_query(to, &event->as.credit_query, sim), event->scenario);
    case SIM_INVESTMENT:
    case SIM_REDEMPTION:
        return put_truth(put_holding(to, &event->as.holding), event->scenario);
    case SIM_EVENT_COUNT:
        break;
    }
    return to;
}

static const char *const types[SIM_EVENT_COUNT] = {
#define LINE_TYPE(name, text, letter, judged) [SIM_##name] = text,
    SIM_EVENT_TABLE(LINE_TYPE)
#undef LINE_TYPE
};

static const char letters[SIM_EVENT_COUNT] = {
#define LINE_LETTER(name, text, letter, judged) [SIM_##name] = letter,
    SIM_EVENT_TABLE(LINE_LETTER)
#undef LINE_LETTER
};

char *line_write(char *to, const struct event *event, uint32_t number, const struct sim *sim)
{
    to = put_text(PUT(to, "{\"event\":\""), types[event->type]);
    to = PUT(to, "\",\"id\":\"");
    *to++ = letters[event->type];
    *to++ = '-';
    to = put_padded(to, number, 6);
    to = PUT(to, "\",\"at\":\"");
    to += datetime_format(to, event->at_ms);
    to = PUT(to, "\"");
    to = put_body(to, event, sim);
    return PUT(to, "}\n");
}

int64_t line_amount(const struct event *event)
{
    switch ((enum sim_event)event->type) {
    case SIM_PAYMENT:
        return event->as.payment.amount_minor;
    case SIM_TRANSFER:
        return event->as.transfer.amount_minor;
    case SIM_LOAN_APPLICATION:
        return event->as.loan_application.amount_minor;
    case SIM_PLEDGE:
        return event->as.pledge.amount_minor;
    case SIM_PAYOUT:
        return event->as.payout.amount_minor;
    case SIM_INVESTMENT:
    case SIM_REDEMPTION:
        return event->as.holding.amount_minor;
    case SIM_LOGIN:
    case SIM_CHARGEBACK:
    case SIM_PAYEE_ADDED:
    case SIM_LOAN_REPAYMENT:
    case SIM_LOAN_DEFAULT:
    case SIM_PROJECT_CREATED:
    case SIM_CREDIT_QUERY:
    case SIM_EVENT_COUNT:
        break;
    }
    return 0;
}
