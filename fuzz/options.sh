# Read by the scripts beside it.

# Freed memory is kept from use for a while, to see uses of it: as much as an
# input frees, and no more than stays in the processor's cache. A block remembers
# the innermost of its callers; the same input run alone tells all of them.
fuzz_asan_options=quarantine_size_mb=2:malloc_context_size=4:allocator_release_to_os_interval_ms=-1

# Turns a target's .options file (the format of
# ClusterFuzz, "name = value" lines under [libfuzzer]) into libFuzzer's flags.
libfuzzer_flags()
{
    target=$1
    if [ -f "fuzz/${target}_fuzzer.options" ]; then
        sed -n 's/^\([a-z_]*\) *= *\([0-9A-Za-z_.]*\) *$/-\1=\2/p' "fuzz/${target}_fuzzer.options" |
            grep -v '^-dict='
    fi
    if [ -f "fuzz/${target}_fuzzer.dict" ]; then
        echo "-dict=fuzz/${target}_fuzzer.dict"
    fi
}
