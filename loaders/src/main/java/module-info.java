/// Model files: GGUF, safetensors and Hugging Face folders, each read into a `Checkpoint`.
module dev.oriel.loaders {
    requires transitive dev.oriel.ops;
    requires com.fasterxml.jackson.core;
    requires java.net.http;

    exports dev.oriel.loaders;
    exports dev.oriel.loaders.hub;
}
