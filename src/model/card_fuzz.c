/* One idea: whatever bytes are accepted as a card can be drawn, and what is written of it reads
 * back as the same. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "model/card.h"

#define MEMORY_BYTES_MAX ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

/* Writes the card, reads that, and writes it again. */
static void read_back(const struct card *card, struct mem *mem)
{
    struct arena arena;
    struct buf first, second;
    struct card again;
    struct diag diag = {0};
    arena_init(&arena, mem, 0);
    buf_init(&first, mem);
    buf_init(&second, mem);
    card_json(card, &first);
    ASSERT(card_read(buf_view(&first), mem, &arena, &again, &diag) == STATUS_OK);
    card_json(&again, &second);
    ASSERT(view_equal(buf_view(&first), buf_view(&second)));
    buf_clear(&second);
    card_html(&again, &second);
    buf_done(&first);
    buf_done(&second);
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct mem_meter meter;
    struct arena arena;
    struct card card;
    struct diag diag = {0};
    mem_meter_init(&meter, mem_libc());
    meter.used_bytes_max = MEMORY_BYTES_MAX;
    arena_init(&arena, &meter.mem, 0);
    enum status status = card_read((struct view){(const char *)data, size_bytes}, &meter.mem,
                                   &arena, &card, &diag);
    if (status == STATUS_OK)
        read_back(&card, mem_libc());
    else
        ASSERT(status == STATUS_NO_MEMORY || diag.message[0] != '\0');
    arena_done(&arena);
    ASSERT(meter.used_bytes == 0);
    return 0;
}
