"""Go: the board and its rules, game records, packed games.

coordinates   the names of points
geometry      neighbours, hash keys and symmetries of a size
moves         colours, moves, edits, why a move is refused
board         stones, captures, ko, undo, edits by hand
diagram       boards as text
life          chains that cannot be captured (Benson)
rules         the rule sets, as a table
scoring       who has how much, by area or by territory
handicap      where handicap stones go
sgf_text      where things stand in an SGF text
records       SGF files (needs sgfmill, the extra `go`)
packed        many games of 19 lines in one file
classic       DarkGo's training records of 94 bytes
planes        what a network sees of a position
heads         which of its answers is what: moves, who wins, whose each point is
evaluation    what it says of a position
svg           boards as pictures
policy        policy networks: positions in, evaluations out
terminal      a board in the terminal, to play and to look at games
"""
