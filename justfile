# Recipes are the jobs of .ci/run, so that a desk and CI run the same commands.

# list the recipes
default:
    @just --list

# all tests
test:
    .ci/run test

# rustfmt, clippy and rustdoc with warnings denied
lint:
    .ci/run format lint docs

# what the guide and the tutorial show with other programs: Python, jq, GNU parallel
documents:
    .ci/run documents

# every table and certificate at small sizes, then checked
reproduce:
    .ci/run reproduce

# the Coq theories, their assumptions, example certificates and the extracted checker
proofs:
    .ci/run coq

# the Python package, in an environment of its own
python:
    .ci/run python

# everything CI runs
ci:
    .ci/run

# all benchmarks
bench:
    cargo bench
