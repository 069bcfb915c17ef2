"""Events from a publisher to a handler, against other ways to send and handle them."""

from benchmarks import kafka_pipeline, pipeline_memory, pipeline_overhead
from benchmarks.rows import Row


def rows() -> list[Row]:
    """Measure what the SDK itself takes, each broker that is there, and growth."""
    return [
        *pipeline_overhead.rows(),
        *kafka_pipeline.rows(),
        *pipeline_memory.rows(),
    ]
