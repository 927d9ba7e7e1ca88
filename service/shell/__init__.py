"""What every page and route is made with: access, forms, frames, rendering, charts, answers. Imports no room."""
