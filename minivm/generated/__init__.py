"""Files made from uops.def by minivm/generate/; never edited by hand."""
