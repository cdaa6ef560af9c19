"""What leaves the warehouse as a file.

command     `deskhouse export`
relations   which relations may be exported, and their columns
cells       a column as a cell of CSV, and the COPY statement of a relation: text, no I/O
copying     COPY, streamed into a file
whole_file  a file that is there whole, or not at all
"""
