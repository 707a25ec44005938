"""`pilotage watch`: what is seen (`board`, `changes`, `history`), how it is laid out (`frame`), and the terminal (`screen`, `keys`)."""
