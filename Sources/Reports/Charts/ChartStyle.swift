// How the page and its charts look: one style sheet, light and dark, for screens and paper.

/// Line colours are Okabe and Ito's, which people with any colour vision can tell apart,
/// darkened or lightened for contrast with the page; a seventh series repeats the first, dashed.
let pageStyle = """
  :root {
    color-scheme: light dark;
    --page: #ffffff; --ink: #1c1f24; --weak: #626972; --rule: #d9dde2; --panel: #f4f6f8;
    --c1: #0067a8; --c2: #c25500; --c3: #00835f; --c4: #a6478a; --c5: #8a6a00; --c6: #3b3f45;
    --bar: #4c8fc4; --outside: #c25500; --band: #0067a8; --limit: #0067a8; --hit: #1f6fb2;
    --miss: #c65a11; --on: #ffffff;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --page: #14171b; --ink: #e4e7ea; --weak: #9aa2ac; --rule: #343a42; --panel: #1d2127;
      --c1: #5cb3ee; --c2: #f08a3c; --c3: #2fbf95; --c4: #dd8ec2; --c5: #d9b93b; --c6: #c3c8ce;
      --bar: #4a8fc7; --outside: #f08a3c; --band: #5cb3ee; --limit: #5cb3ee; --hit: #2a78bb;
      --miss: #ff8b3d; --on: #ffffff;
    }
  }
  * { box-sizing: border-box; }
  body {
    margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 66rem; background: var(--page);
    color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  }
  h1 { font-size: 1.5rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
  h2 {
    font-size: 1.05rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem;
    border-bottom: 1px solid var(--rule);
  }
  p { margin: .3rem 0 .6rem; max-width: 46rem; }
  .weak, figcaption, caption, .notes { color: var(--weak); font-size: .86rem; }
  nav { font-size: .86rem; margin: .6rem 0; }
  nav a { margin-right: .9rem; white-space: nowrap; }
  a { color: var(--c1); }
  dl.tiles {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(7.1rem, 1fr)); gap: .6rem;
    margin: 1rem 0 0;
  }
  dl.tiles div { background: var(--panel); border-radius: 4px; padding: .45rem .6rem; }
  dl.tiles dt { color: var(--weak); font-size: .8rem; }
  dl.tiles dd { margin: 0; font-size: 1.18rem; font-variant-numeric: tabular-nums; }
  .grid {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(min(25rem, 100%), 1fr));
    gap: 1rem 1.6rem; align-items: start;
  }
  figure { margin: 0; min-width: 0; break-inside: avoid; }
  figcaption { margin-top: .15rem; overflow-wrap: anywhere; }
  figure h3, .layer h3 { font-size: .95rem; margin: .6rem 0 .2rem; overflow-wrap: anywhere; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
  caption { text-align: left; padding-bottom: .3rem; max-width: calc(100vw - 2rem); }
  th, td { padding: .16rem .7rem .16rem 0; text-align: right; font-weight: normal; white-space: nowrap; }
  th.word, td.word { text-align: left; }
  td.word { white-space: normal; }
  thead th { color: var(--weak); border-bottom: 1px solid var(--rule); vertical-align: bottom; }
  tr.total th, tr.total td { border-top: 1px solid var(--rule); font-weight: 600; }
  sup { font-size: .7em; }
  details { margin: .6rem 0; }
  summary { cursor: pointer; color: var(--c1); font-size: .9rem; }
  pre {
    background: var(--panel); border-radius: 4px; padding: .6rem .8rem; font-size: .82rem;
    overflow-x: auto; line-height: 1.35;
  }
  .samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.4rem, 1fr)); gap: .8rem; }
  .samples img {
    width: 100%; max-width: 7rem; height: auto; image-rendering: pixelated; border: 1px solid var(--rule);
    display: block;
  }
  svg { display: block; width: 100%; max-width: 30rem; height: auto; overflow: visible; }
  svg text { fill: var(--ink); font-size: 11px; font-family: inherit; }
  svg .tick { fill: var(--weak); }
  svg .name { fill: var(--weak); font-size: 11.5px; }
  svg .note { fill: var(--weak); font-size: 10px; }
  line.gridline { stroke: var(--rule); stroke-width: 1; }
  line.axis { stroke: var(--weak); stroke-width: 1; }
  line.mark { stroke: var(--weak); stroke-width: 1; stroke-dasharray: 2 3; }
  line.limit { stroke: var(--limit); stroke-width: 1.4; }
  line.step { stroke: var(--limit); stroke-width: .8; }
  .line { fill: none; stroke-width: 1.7; stroke-linejoin: round; }
  .dashed { stroke-dasharray: 5 3; }
  .front { stroke-width: 1.2; }
  .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); } .line.c3 { stroke: var(--c3); }
  .line.c4 { stroke: var(--c4); } .line.c5 { stroke: var(--c5); } .line.c6 { stroke: var(--c6); }
  .dot.c1 { fill: var(--c1); } .dot.c2 { fill: var(--c2); } .dot.c3 { fill: var(--c3); }
  .dot.c4 { fill: var(--c4); } .dot.c5 { fill: var(--c5); } .dot.c6 { fill: var(--c6); }
  .dot.weak { fill: var(--weak); fill-opacity: .55; }
  .hollow { fill: var(--page); stroke: var(--c2); stroke-width: 1.5; }
  .bar { fill: var(--bar); } .bar.outside { fill: var(--outside); }
  .band { fill: var(--band); fill-opacity: .08; }
  .frame { fill: none; stroke: var(--rule); stroke-width: 1; }
  .hit { fill: var(--hit); } .miss { fill: var(--miss); }
  svg .number { font-size: 11px; } svg .number.on { fill: var(--on); }
  .pixels { image-rendering: pixelated; }
  @media (max-width: 30rem) {
    table { font-size: .8rem; }
    th, td { padding-right: .45rem; }
  }
  @media print {
    body { font-size: 10pt; max-width: none; padding: 0; }
    nav { display: none; }
    h2 { break-after: avoid; }
    details::details-content { content-visibility: visible; block-size: auto; }
    pre { white-space: pre-wrap; }
    .grid { grid-template-columns: 1fr 1fr; }
  }
  """
