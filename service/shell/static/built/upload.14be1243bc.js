// Drag and drop, and a progress bar that htmx and fetch can't give. Without it the form still works.
function prepareUpload() {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  const chosen = form.querySelector("[data-chosen]");
  const bar = form.querySelector("progress");
  const told = form.querySelector("[data-told]");
  const button = form.querySelector("button[type=submit]");

  const tell = (words) => {
    told.textContent = words;
  };
  const list = () => {
    chosen.replaceChildren(
      ...Array.from(input.files, (file) => {
        const item = document.createElement("li");
        item.textContent = `${file.name} (${Math.max(1, Math.round(file.size / 1024))} kB)`;
        return item;
      }),
    );
  };
  input.addEventListener("change", list);

  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("b-drop--over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, () => drop.classList.remove("b-drop--over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    list();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (moved) => {
      bar.hidden = false;
      bar.max = moved.total;
      bar.value = moved.loaded;
      tell(`Sending: ${Math.round((100 * moved.loaded) / moved.total)} %`);
    });
    request.addEventListener("load", () => {
      if (request.responseURL && request.status < 400) {
        window.location.assign(request.responseURL);
        return;
      }
      // the server's page says what is wrong and keeps what was typed
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main) {
        // refused before a page could be made, as a body over the limit is
        button.disabled = false;
        bar.hidden = true;
        tell("Belong did not take these files. Send one term's files at a time.");
        return;
      }
      document.querySelector("main").replaceWith(main);
      prepareUpload();
      document.querySelector("[data-focus-first]")?.focus();
    });
    request.addEventListener("error", () => {
      button.disabled = false;
      tell("The files did not reach Belong. Check the connection and send them again.");
    });
    button.disabled = true;
    tell("Sending");
    request.send(new FormData(form));
  });
}

document.addEventListener("DOMContentLoaded", prepareUpload);
