// A stable merge sort, to be included once for each kind of element (no include guard).
//
// In: the macros SORT_NAME, SORT_TYPE and SORT_BEFORE(left, right), a strict order; sort_runs.h.
// Out: the function SORT_NAME; the macros are gone. Runs that are in order already are merged as
// they are, so that a sorted array takes one look at it and none more than n log n comparisons.
#define SORT_JOIN2(left, right) left##right
#define SORT_JOIN(left, right) SORT_JOIN2(left, right)
#define SORT_REVERSE SORT_JOIN(SORT_NAME, _reverse)
#define SORT_INSERT SORT_JOIN(SORT_NAME, _insert)
#define SORT_FIND_RUN SORT_JOIN(SORT_NAME, _find_run)
#define SORT_MERGE SORT_JOIN(SORT_NAME, _merge)

static void SORT_REVERSE(SORT_TYPE *elements, int64_t low, int64_t end) {
    for (int64_t high = end - 1; low < high; low++, high--) {
        SORT_TYPE kept = elements[low];
        elements[low] = elements[high];
        elements[high] = kept;
    }
}

// Makes the run from `from` to before `place` one longer.
static void SORT_INSERT(SORT_TYPE *elements, int64_t from, int64_t place) {
    SORT_TYPE inserted = elements[place];
    for (; place > from && SORT_BEFORE(inserted, elements[place - 1]); place--) {
        elements[place] = elements[place - 1];
    }
    elements[place] = inserted;
}

// The end of the run at `from`. A falling one is turned round, a short one filled up.
static int64_t SORT_FIND_RUN(SORT_TYPE *elements, int64_t from, int64_t count) {
    int64_t end = from + 1;
    while (end < count && SORT_BEFORE(elements[end], elements[end - 1])) end++;
    SORT_REVERSE(elements, from, end);
    while (end < count && !SORT_BEFORE(elements[end], elements[end - 1])) end++;
    for (; end < count && end < from + SORT_RUN_SHORTEST; end++) SORT_INSERT(elements, from, end);
    return end;
}

static void SORT_MERGE(SORT_TYPE *elements, int64_t from, int64_t middle, int64_t end,
                       SORT_TYPE *scratch) {
    if (!SORT_BEFORE(elements[middle], elements[middle - 1])) return;
    int64_t left = 0, lefts = middle - from, right = middle, to = from;
    memcpy(scratch, &elements[from], (size_t)lefts * sizeof *scratch);
    while (left < lefts && right < end) {
        bool takes_right = SORT_BEFORE(elements[right], scratch[left]);
        elements[to++] = takes_right ? elements[right] : scratch[left];
        right += takes_right;
        left += !takes_right;
    }
    memcpy(&elements[to], &scratch[left], (size_t)(lefts - left) * sizeof *scratch);
}

// `scratch` has room for `count` elements.
static void SORT_NAME(SORT_TYPE *elements, int64_t count, SORT_TYPE *scratch) {
    sort_runs runs = {.count = 0};
    while (sort_runs_end(&runs) < count || runs.count > 1) {
        int64_t end = sort_runs_end(&runs);
        if (end < count && !sort_runs_must_merge(&runs)) {
            runs.starts[++runs.count] = SORT_FIND_RUN(elements, end, count);
            continue;
        }
        const int64_t *merged = &runs.starts[sort_runs_choose(&runs)];
        SORT_MERGE(elements, merged[0], merged[1], merged[2], scratch);
        sort_runs_join(&runs, merged);
    }
}

#undef SORT_JOIN2
#undef SORT_JOIN
#undef SORT_REVERSE
#undef SORT_INSERT
#undef SORT_FIND_RUN
#undef SORT_MERGE
#undef SORT_NAME
#undef SORT_TYPE
#undef SORT_BEFORE
