"""The benchmarks: `python -m bench COMMAND`, from the root of a clone.

The modules, in the order in which a measurement passes through them:

    suite     the programs, and what each must print
    engines   who runs them: the engines of minivm and other languages, as far as they are here
    launch    one process and what it took; a process of its own
    measure   rounds of runs, each checked → samples and failures
    inside    what can only be seen inside of a VM: repeated runs, traces; a process of its own
    looks     `inside` on all programs, each in a process → looks and failures
    results   samples and looks ⇄ a JSON file of pyperf
    summary   results → figures: times, ratios, means, noise
    table     figures → text
    plots     figures → pictures
    page      all of it → one HTML page

    backend_worker  one program with stencils or LLVM; a process of its own
    backends        all of these → compile times, code sizes, run times

`run`, `compare`, `report` and `backends` are the commands.
"""
