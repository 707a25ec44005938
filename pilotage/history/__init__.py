"""What a bench did, for those who follow it or look back: documents, columns, files. Nothing here asks a daemon."""
