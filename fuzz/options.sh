# Read by the scripts beside it: turns a target's .options file (the format of
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
