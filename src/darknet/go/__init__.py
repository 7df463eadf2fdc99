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
positions     packed games as positions for training, at full speed
replay        its loop, compiled (needs Numba, the extra `go`)
eyes          points that their owner had better not fill
svg           boards as pictures
planes        what a network sees of a position
heads         which of its answers is what: moves, who wins, whose each point is
evaluation    what it says of a position
policy        policy networks: positions in, evaluations out
playouts      fast games to the end by simple rules
lead          a network's moves, where fast games begin
status        dead stones, and the final score
endgame       what is left to play for
ladder        ladders, read to the end
assist        what that changes of a network's moves
choice        which move is played: players
gtp_client    another program that speaks GTP
gtp           an engine for programs that speak GTP
elo           how much stronger, from won and lost games
split         which games are held out
kept_rules    the rules that a record keeps
valid         how often a network's move is the player's; valid_data, valid_scores, valid_result
tempering     the temperature with which a network is as sure as it is right
review        a game looked over: review_data, _board, _curve, _page, _text
selfplay      a network against itself
openings      a few moves that games begin with
match         games between two players: match_game, _seats, _judge, _record, _result
terminal      a board in the terminal, to play and to look at games
"""
