#ifndef CMD_EXIT_H
#define CMD_EXIT_H

/* What the process ends with: name, number, sentence. The one list that the code, `weir help` and
 * the man page share. When several apply the largest wins. */
#define CMD_EXIT_TABLE(X)                                                                         \
    X(CMD_EXIT_OK, 0, "success, also when the reader of the output closed it early")               \
    X(CMD_EXIT_FINDINGS, 1,                                                                       \
      "it ran and found something: bad lines, failed tests, differences, unformatted files")      \
    X(CMD_EXIT_USAGE, 2, "wrong usage: an unknown command or option, a missing argument")         \
    X(CMD_EXIT_INPUT, 3,                                                                          \
      "a wrong policy, input that cannot be read as what it should be, or nothing to judge")      \
    X(CMD_EXIT_MACHINE, 4, "the machine failed: reading, writing or memory")

enum cmd_exit {
#define CMD_EXIT_ENUM(name, number, text) name = number,
    CMD_EXIT_TABLE(CMD_EXIT_ENUM)
#undef CMD_EXIT_ENUM
};

#endif
