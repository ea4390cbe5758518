#ifndef POLICY_BUILD_INT_H
#define POLICY_BUILD_INT_H

#include "policy/compile_int.h"

/* What a policy owns besides its arrays: the tree, for whoever looks at it again. */
struct policy_body {
    struct arena arena;
    struct mem *mem;
    struct ast_policy ast;
};

/* Fills what needs no code: header, events, labels, lists, models, bands and tests. Sets
 * checker->failed without memory. */
void build_plain(struct checker *checker, struct policy *policy);

/* Fills what each event computes and judges; after compile_policy. */
void build_events(struct checker *checker, struct policy *policy);

#endif
