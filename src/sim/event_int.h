#ifndef SIM_EVENT_INT_H
#define SIM_EVENT_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/sim.h"

/* An event as it waits to happen. Everything in it is a small number; text is made of it only when
 * its line is written (line.c). */

/* Accounts: a kind in the top three bits, a number below. */
#define ACCOUNT_KIND_SHIFT 29
#define ACCOUNT_NUMBER(account) ((account) & ((1u << ACCOUNT_KIND_SHIFT) - 1u))
#define ACCOUNT_OF(kind, number) ((uint32_t)(kind) << ACCOUNT_KIND_SHIFT | (number))

enum account_kind {
    ACCOUNT_PERSON,    /* customers, and strangers who open an account only for a crime */
    ACCOUNT_EMPLOYER,
    ACCOUNT_BILLER,
    ACCOUNT_ABROAD,
    ACCOUNT_KIND_COUNT
};

enum channel { CHANNEL_WEB, CHANNEL_APP, CHANNEL_POS, CHANNEL_BRANCH, CHANNEL_BATCH };

enum loan_purpose { LOAN_CONSUMPTION, LOAN_BUSINESS, LOAN_HOME, LOAN_EDUCATION, LOAN_MEDICAL };

enum query_purpose { QUERY_LOAN, QUERY_CARD, QUERY_MORTGAGE, QUERY_EMPLOYMENT, QUERY_REVIEW };

enum project_kind { PROJECT_REWARD, PROJECT_LENDING };

enum payout_purpose { PAYOUT_OWNER, PAYOUT_REFUND, PAYOUT_RETURN };

/* The scenario of an honest event. */
#define HONEST ((uint8_t)SIM_SCENARIO_COUNT)

/* Not an event but a moment at which somebody acts again; never written. */
#define EVENT_WAKE ((uint8_t)SIM_EVENT_COUNT)

#define DEVICE_NONE ((uint64_t)0)
#define IP_NONE ((uint32_t)0)
#define ADVISER_NONE UINT32_MAX

/* Where somebody sits: what he uses and where he seems to be. */
struct seat {
    uint64_t device;  /* 48 bits, or DEVICE_NONE */
    uint32_t ip;      /* people_int.h, or IP_NONE */
    uint8_t country;
    uint8_t channel;  /* enum channel */
};

struct login {
    struct seat seat;
    uint32_t account;
    bool ok;
};

struct payment {
    struct seat seat;
    int64_t amount_minor;
    uint32_t account;
    uint32_t merchant;
    uint32_t dispute_after_s;  /* 0: never disputed */
    uint8_t merchant_country;
    uint8_t category;
    uint8_t card;              /* which of the account's cards */
};

struct chargeback {
    int64_t amount_minor;
    uint32_t payment;  /* number of the payment event */
    bool fraud;        /* what the customer says */
};

struct transfer {
    struct seat seat;
    int64_t amount_minor;
    uint32_t account;
    uint32_t payee;
    uint32_t step;  /* of a payroll: which employee is next */
};

struct payee_added {
    struct seat seat;
    uint32_t account;
    uint32_t payee;
};

struct loan_application {
    struct seat seat;
    int64_t amount_minor;
    int64_t income_minor;
    uint32_t applicant;
    uint32_t phone;      /* whose phone number, by person */
    uint32_t household;  /* the address */
    uint32_t employer;
    uint8_t term_months;
    uint8_t purpose;     /* enum loan_purpose */
    uint8_t missed;      /* the repayment that is never made, 1-based; 0: all are made */
    bool granted;
};

struct loan_repayment {
    int64_t amount_minor;
    uint32_t loan;        /* number of the loan_application event */
    uint32_t applicant;
    uint8_t step;         /* which repayment, 1-based */
    uint8_t term_months;
    uint8_t missed;
};

struct loan_default {
    int64_t amount_minor;
    uint32_t loan;
    uint32_t applicant;
};

struct project_created {
    struct seat seat;
    uint64_t key;           /* what everything about the project follows from (crowdfunding.c) */
    int64_t goal_minor;
    uint32_t project;
    uint32_t owner;
    uint8_t kind;           /* enum project_kind */
    uint8_t promised_percent;
    uint8_t days;
};

struct pledge {
    struct seat seat;
    uint64_t key;
    int64_t amount_minor;
    int64_t raised_minor;  /* before this pledge */
    int64_t close_ms;
    uint32_t project;
    uint32_t owner;
    uint32_t backer;
    uint32_t step;         /* pledges before this one */
};

struct payout {
    uint64_t key;
    int64_t amount_minor;
    uint32_t project;
    uint32_t to;
    uint32_t step;
    uint32_t steps;
    uint8_t purpose;  /* enum payout_purpose */
    uint8_t round;
};

struct credit_query {
    uint32_t subject;
    uint32_t operator;   /* its institution follows from it */
    uint8_t purpose;     /* enum query_purpose */
    bool consent;
};

struct holding {         /* investments and redemptions */
    struct seat seat;
    int64_t amount_minor;
    uint32_t investor;
    uint32_t adviser;    /* or ADVISER_NONE */
    uint8_t product;
    uint8_t risk_capacity;
};

struct wake {
    uint32_t argument;
};

struct event {
    int64_t at_ms;
    uint8_t type;      /* enum sim_event, or EVENT_WAKE */
    uint8_t scenario;  /* enum sim_scenario, or HONEST */
    union {
        struct login login;
        struct payment payment;
        struct chargeback chargeback;
        struct transfer transfer;
        struct payee_added payee_added;
        struct loan_application loan_application;
        struct loan_repayment loan_repayment;
        struct loan_default loan_default;
        struct project_created project_created;
        struct pledge pledge;
        struct payout payout;
        struct credit_query credit_query;
        struct holding holding;
        struct wake wake;
    } as;
};

#endif
