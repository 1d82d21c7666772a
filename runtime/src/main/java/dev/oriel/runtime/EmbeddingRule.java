package dev.oriel.runtime;

import java.util.Map;

/// How an [Embedder] makes a vector of a text. A model's files say it; each `with` of the embedder changes a part.
///
/// @param pooling       how tokens become one vector
/// @param normalised    whether vectors get the length 1
/// @param maxTokens     of a text, those that the tokenizer adds included; what is beyond is left out
/// @param dimensions    numbers that are kept of a vector, before it is normalised; 0 for all
/// @param prompts       texts that stand in front of what is embedded, by their names
/// @param prompt        the one that is used; empty for none
/// @param promptCounts  whether its tokens are pooled too
/// @param lowercase     whether texts are put into lower case first
public record EmbeddingRule(Pooling pooling, boolean normalised, int maxTokens, int dimensions, Map<String, String> prompts, String prompt, boolean promptCounts, boolean lowercase) {

    EmbeddingRule withPooling(Pooling pooling) { return new EmbeddingRule(pooling, normalised, maxTokens, dimensions, prompts, prompt, promptCounts, lowercase); }

    EmbeddingRule normalised(boolean normalised) { return new EmbeddingRule(pooling, normalised, maxTokens, dimensions, prompts, prompt, promptCounts, lowercase); }

    EmbeddingRule withMaxTokens(int maxTokens) { return new EmbeddingRule(pooling, normalised, maxTokens, dimensions, prompts, prompt, promptCounts, lowercase); }

    EmbeddingRule withDimensions(int dimensions) { return new EmbeddingRule(pooling, normalised, maxTokens, dimensions, prompts, prompt, promptCounts, lowercase); }

    EmbeddingRule withPrompt(String prompt) { return new EmbeddingRule(pooling, normalised, maxTokens, dimensions, prompts, prompt, promptCounts, lowercase); }
}
