#!/bin/sh
# Takes the first 1,000 test images and labels out of Fashion-MNIST, as IDX files of their own.
# extract.sh FOLDER_WITH_THE_FOUR_IDX_FILES [TARGET_FOLDER]
set -eu
from=$1 to=${2:-$(dirname "$0")}
images() {
  printf '\000\000\010\003\000\000\003\350\000\000\000\034\000\000\000\034'
  gzip -dc "$from/t10k-images-idx3-ubyte.gz" | tail -c +17 | head -c 784000
}
labels() {
  printf '\000\000\010\001\000\000\003\350'
  gzip -dc "$from/t10k-labels-idx1-ubyte.gz" | tail -c +9 | head -c 1000
}
images | gzip -9n >"$to/images-idx3-ubyte.gz"
labels | gzip -9n >"$to/labels-idx1-ubyte.gz"
