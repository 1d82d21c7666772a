/// Reads model files into a [dev.oriel.loaders.Checkpoint], and writes them; every number in a file is checked before it is believed.
package dev.oriel.loaders;
