"""Browse: home, explore, recording and producer pages, in first HTML and alive."""
