/// Text to token ids and back, and conversations to prompts.
package dev.oriel.runtime.text;
