"""The prompt: `minivm` alone on a terminal, or `minivm repl`.

In: lines as they are typed. Out: what they print, the stack after each, and errors. The modules:

    entries     lines → an entry: the lines of one thing to run
    workspace   entries → a VM in which functions, variables and the stack last
    loop        reading, running and showing, entry after entry
    commands    `:help`, `:dis` and the others
    terminal    readline: editing, history, completion
"""
