/// Brings models from a Hugging Face hub into the cache that other programs use too; nothing a hub says is believed unchecked.
package dev.oriel.loaders.hub;
