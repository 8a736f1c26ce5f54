"""Long data work: ranges of keys, each with a checkpoint, done by any number of workers."""
