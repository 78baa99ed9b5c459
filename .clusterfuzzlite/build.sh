#!/bin/bash -eu
# One way to build for all services.
exec bash "$SRC/quire/fuzz/oss-fuzz/build.sh"
