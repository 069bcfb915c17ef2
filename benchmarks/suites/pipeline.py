"""Events from a publisher to a handler, against other ways to send and handle them."""

from benchmarks import kafka_pipeline
from benchmarks.rows import Row


def rows() -> list[Row]:
    """Measure each broker that is there."""
    return kafka_pipeline.rows()
