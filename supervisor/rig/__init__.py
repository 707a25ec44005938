"""Which hardware this bench really gets, and making it safe without any actor."""
