package dev.oriel.runtime;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Tells sequences that are so long that the model has a rope of its own for them ([Hyper.Far]).
record Lengths(Hyper hyper) {

    /// The numbers of the feeds by the rope they have: 0 for the usual one, above that what [Hyper.Far#rope] takes.
    Map<Integer, List<Integer>> groups(List<Model.Feed> feeds) {
        return IntStream.range(0, feeds.size()).boxed().collect(Collectors.groupingBy(i -> far(feeds.get(i)), TreeMap::new, Collectors.toList()));
    }

    private int far(Model.Feed feed) {
        if (hyper.far().isEmpty()) return 0;
        int end = feed.input().positions().map(given -> given[given.length - 1] + 1).orElse(feed.session().nextPosition() + feed.input().length());
        return hyper.far().get().which(end);
    }
}
