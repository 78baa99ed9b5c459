# The script behind `make profile` goes through with few records and draws whole pictures. It makes no figures.
. tests/support/tap.sh
if ! perf record -q -F 997 -o "$root/none" -- true >/dev/null 2>&1; then
    echo 'ok 1 - there is no perf here, or it may not sample: nothing to try'
    echo '1..1'
    exit 0
fi
PROFILE_DOCS=20000 python3 tests/bench/profile.py "$BUILD/compare-bench" "$root/profile" >"$root/told" 2>&1
status=$?
expect 'it ends well' sh -c "tail -n 5 '$root/told'; [ $status -eq 0 ]"
expect 'with a table for each path' sh -c "[ \$(grep -c 'samples, slicing on the stack in [0-9.]* %' '$root/told') -eq 2 ]"
for name in in-place-off in-place-on; do
    expect "flame-$name.svg is whole" python3 -c "
import sys, xml.dom.minidom
boxes = xml.dom.minidom.parse('$root/profile/flame-$name.svg').getElementsByTagName('rect')
widths = [float(box.getAttribute('width')) for box in boxes]
sys.exit(not (len(boxes) > 5 and max(widths) == 1200 and all(width > 0 for width in widths)))"
done
finish
