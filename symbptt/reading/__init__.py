"""From syntax to meaning: names, shapes, signs and layouts resolved into index notation."""
