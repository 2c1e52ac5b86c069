"""Programme files: text with its place in, `palier.core` values and problems in two languages out."""
