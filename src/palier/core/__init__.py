"""The pure core: business time, clocks, coverage, allowances. Standard library only; nothing here reads a clock, a file or a locale."""
