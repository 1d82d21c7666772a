/// The command line `oriel`: results on stdout, everything else on stderr; exit 0, 1 where it failed, 2 for wrong usage.
package dev.oriel.app;
