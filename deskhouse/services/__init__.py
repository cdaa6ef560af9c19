"""The local services: processes under a supervisor, on loopback, with their state in the home.

    commands/     `deskhouse up`, `down`, `status`
    running       starts what is asked for, waits until it answers, stops it
    catalogue     which services there are, own and external
    service       what a service is: the protocols, and the order of starting
    states        what `status` tells of each
    supervision   one supervisord a home; `configuration`: what it reads, `remote`: talking to it
    launch        what supervisord starts: it becomes the service's program
    leftovers     processes that no supervisor knows of any more
    account, ports    who a service runs as, where its data lies, where it listens
    postgres, redis   the services; `cluster`, `binaries`, `tuning` make them

A service to come is one class with the methods of `service.LocalService`, and one line in
`catalogue`.
"""
