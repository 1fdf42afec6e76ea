"""Plain Python: everything Gatehouse decides or computes, without any framework."""
