"""The terminal board: a person, a position, and what the network would play.

commands   what a line means
draw       the board in signs and styles
record     a game that was loaded and went on, as SGF
kept       games that were not saved
game       the game, where one looks in it, its file
session    game, network and person
actions    what lines do
screen     the board, and what is known of the position
loop       draw, ask for a line, do it
console    standard input and output
"""
