/* One idea: read a batch, hand it on, write what came of it, tell how far we are. */
#include "cmd/loop.h"

/* A pipe's reader waits for its answer before it sends the next event. */
static enum status write_out(const struct cmd_loop *loop, size_t count)
{
    if (loop->out == NULL)
        return STATUS_OK;
    return loop->input->is_stdin && count < LINES_BATCH_MAX ? cmd_stream_flush(loop->out)
                                                            : cmd_stream_spill(loop->out);
}

enum cmd_exit cmd_loop_run(struct cmd_loop *loop)
{
    struct cmd_progress progress;
    struct line batch[LINES_BATCH_MAX];
    uint64_t lines = 0;
    size_t count = 0;
    enum cmd_exit exit = CMD_EXIT_OK;
    cmd_progress_start(&progress, loop->context, "events", loop->input->size_bytes, loop->out);
    do {
        exit = cmd_input_read(loop->input, batch, LINES_BATCH_MAX, &count);
        if (exit == CMD_EXIT_OK && count > 0 &&
            loop->decide(loop->self, batch, count) != STATUS_OK)
            exit = cmd_complain_memory(loop->context);
        lines += count;
        cmd_progress_tell(&progress, lines, cmd_input_done_bytes(loop->input));
        loop->cut_short = write_out(loop, count) != STATUS_OK;
    } while (exit == CMD_EXIT_OK && count > 0 && !loop->enough && !loop->cut_short);
    cmd_progress_end(&progress);
    return exit;
}
