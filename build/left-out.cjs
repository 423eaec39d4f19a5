// In place of a package that is required as soon as another is loaded, and that nothing we ask of it uses; see bundle.ts.
