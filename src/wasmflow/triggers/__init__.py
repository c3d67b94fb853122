"""Front doors: each kind of trigger puts packets into a host and takes packets out."""
