/* One idea: simdjson finds the tokens, 64 bytes at a time; what they mean is decided in json.c,
 * which sees no C++. */
#include "codec/json_int.h"

#include <memory>
#include <simdjson.h>

using simdjson::internal::dom_parser_implementation;

/* Levels that simdjson's own second pass could descend; it is not used. */
static const size_t DEPTH_UNUSED = 1;

static dom_parser_implementation *parser_of(json_indexer *indexer)
{
    return reinterpret_cast<dom_parser_implementation *>(indexer);
}

json_indexer *json_indexer_new(size_t size_bytes_max)
{
    std::unique_ptr<dom_parser_implementation> parser;
    simdjson::error_code error = simdjson::get_active_implementation()
        ->create_dom_parser_implementation(size_bytes_max, DEPTH_UNUSED, parser);
    return error ? nullptr : reinterpret_cast<json_indexer *>(parser.release());
}

void json_indexer_free(json_indexer *indexer)
{
    delete parser_of(indexer);
}

static json_fault fault_of(simdjson::error_code error)
{
    switch (error) {
    case simdjson::SUCCESS: return JSON_FAULT_NONE;
    case simdjson::EMPTY: return JSON_FAULT_EMPTY;
    case simdjson::UNESCAPED_CHARS: return JSON_FAULT_CONTROL;
    case simdjson::UNCLOSED_STRING: return JSON_FAULT_UNCLOSED;
    default: return JSON_FAULT_UTF8;
    }
}

json_fault json_indexer_run(json_indexer *indexer, const char *data, size_t size_bytes,
                            const uint32_t **ret_offsets, size_t *ret_count)
{
    dom_parser_implementation *parser = parser_of(indexer);
    const uint8_t *bytes = reinterpret_cast<const uint8_t *>(data);
    json_fault fault =
        fault_of(parser->stage1(bytes, size_bytes, simdjson::stage1_mode::regular));
    if (fault == JSON_FAULT_NONE) {
        *ret_offsets = parser->structural_indexes.get();
        *ret_count = parser->n_structural_indexes;
    }
    return fault;
}
