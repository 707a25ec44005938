"""GPIO through pigpiod: the connection, the client, the lease script. Nothing here knows an actor."""
