/* One idea: the program is cmd_run over the real kernel. A map of the rest:
 *   commands.c   the list of subcommands; each has a file of its name
 *   run.c        the frame around every command
 *   options.c    the command line          help.c      help, man page, completion
 *   stream.c     buffered output           progress.c  the bar on a terminal */
#include "cmd/cmd.h"

int main(int argc, char **argv)
{
    os_ignore_broken_pipes();
    return (int)cmd_run(os_real(), os_mem(), argc, argv);
}
