"""The commands of `minivm`, a module each, and what they share.

In: words of the command line. Out: text, and an exit code. The modules, in the order a command line
passes through them:

    command_table   every command and option: the parser and the help texts are made from it
    parsing         words to `Arguments`
    help            the help texts
    program         loading, compiling and running a program, for those that do
    files           the files and directories that fmt and test are given
    run, repl, check, test, fmt, dis, trace, build
    console         what goes to a terminal or a pipe, and errors on the way
    exit_codes      what each number means
"""
