"""The benchmarks behind ``make load``: each figure beside the naive way or raw ceiling of the same run."""
