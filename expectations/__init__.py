"""What data must look like: Great Expectations suites and their runner."""
